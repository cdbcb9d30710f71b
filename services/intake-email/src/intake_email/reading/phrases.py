"""What mail programs write around a quotation, by language: data, in lower case. A new language is a line in each table."""

# ruff: noqa: RUF001 - letters of other scripts are what these tables are about

from collections.abc import Mapping
from itertools import chain
from typing import Final


def _table(text: str) -> Mapping[str, tuple[str, ...]]:
    """``language: phrase | phrase`` per line."""
    rows = (line.partition(": ") for line in text.strip().splitlines())
    return {language: tuple(phrase.strip() for phrase in phrases.split("|")) for language, _, phrases in rows}


def _all(table: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(table.values())))


WROTE_BY_LANGUAGE: Final = _table("""
en: wrote | writes
es: escribió | escribio | escribe
fr: a écrit | a ecrit | écrit
de: schrieb | geschrieben | schreibt
it: ha scritto | scritto | scrive
pt: escreveu
nl: schreef | geschreven
ca: va escriure
ro: a scris
sv: skrev
is: skrifaði
fi: kirjoitti
et: kirjutas
lt: rašė
lv: rakstīja
pl: napisał | napisała | napisał(a) | pisze
cs: napsal | napsala | napsal(a)
sk: napísal | napísal(a)
sl: je napisal
hr: napisao | je napisao | napisao/la
sr: написао
hu: írta | ezt írta
ru: написал | написала | пишет | писал
uk: написав | написала | пише
bg: написа
el: έγραψε
tr: yazdı | şunu yazdı | şöyle yazdı
he: כתב | כתבה | כתב/ה
ar: كتب | كتبت
fa: نوشت
zh: 写道 | 寫道 | 写到
ja: のメール | は書きました | が書きました | 書きました
ko: 작성 | 썼습니다
vi: đã viết
th: เขียน
id: menulis
""")
WROTE: Final = _all(WROTE_BY_LANGUAGE)
"""Verbs of attributions: "On <date>, <somebody> wrote:"."""

ON: Final = _all(
    _table("""
en: on | at
es: el
fr: le
de: am
it: il
pt: em | no dia
nl: op
ca: el
ro: în | pe
sv: den | på
da: den | d.
no: den | på
pl: dnia | w dniu
cs: dne
sk: dňa
ru: в | во
uk: у | в
bg: на
el: στις
tr: tarihinde
he: ב | בתאריך
ar: في
fa: در
zh: 在 | 于 | 於
vi: vào | ngày
id: pada | pada tanggal
""")
)
"""Words with which attributions begin."""

FROM: Final = _all(
    _table("""
en: from
es: de | remitente
fr: de | expéditeur
de: von | absender
it: da | mittente
pt: de
nl: van | afzender
ro: de la | expeditor
sv: från | avsändare
da: fra | afsender
no: fra | avsender
fi: lähettäjä
pl: od | nadawca
cs: od | odesílatel
sk: od | odosielateľ
hu: feladó
ru: от | от кого
uk: від | від кого
el: από
tr: kimden | gönderen
he: מאת
ar: من
fa: از
zh: 发件人 | 寄件者 | 寄件人
ja: 差出人 | 送信元
ko: 보낸 사람 | 보낸사람
vi: từ | người gửi
th: จาก
id: dari
""")
)
SENT: Final = _all(
    _table("""
en: sent | date | sent at | sent on
es: enviado | enviado el | fecha
fr: envoyé | envoyé le | date | date d'envoi
de: gesendet | gesendet am | datum
it: inviato | data | data invio
pt: enviado | enviado em | enviada em | data
nl: verzonden | verzonden op | datum
ca: data | enviat
ro: trimis | trimis la | data
sv: skickat | skickades | datum
da: sendt | dato | sendt den
no: sendt | dato
fi: lähetetty | päivämäärä
pl: wysłano | wysłane | data
cs: odesláno | datum | datum odeslání
sk: odoslané | dátum
hu: elküldve | küldve | dátum
ru: отправлено | дата
uk: надіслано | дата | дата відправки
el: στάλθηκε | ημερομηνία
tr: gönderildi | tarih | gönderme tarihi
he: נשלח | תאריך
ar: التاريخ | تاريخ | تم الإرسال
fa: تاریخ
zh: 发送时间 | 发送日期 | 日期 | 寄件日期 | 傳送時間 | 時間
ja: 送信日時 | 日時 | 日付
ko: 보낸 날짜 | 날짜 | 보낸시간
vi: đã gửi | ngày
th: วันที่
id: dikirim | tanggal
""")
)
TO: Final = _all(
    _table("""
en: to | cc | bcc | c.c. | reply-to | reply to | in-reply-to | message-id | importance | attachments | organization | newsgroups
es: para | cc | destinatario | responder a
fr: à | a | cci | copie | destinataire | répondre à
de: an | kopie | empfänger | antwort an | organisation
it: a | ccn | copia | destinatario | rispondi a | risposta
pt: para | destinatário | cópia
nl: aan | kopie | antwoorden aan
ca: per a | destinatari
ro: către | copie
sv: till | kopia | svara till
da: til | kopi | modtager | svar til
no: til | kopi | mottaker
fi: vastaanottaja | kopio
pl: do | dw | odbiorca | odpowiedz do
cs: komu | příjemce | kopie
sk: komu | kópia
hu: címzett | másolat
ru: кому | копия
uk: кому | копія
el: προς | κοιν.
tr: kime | alıcı | bilgi
he: אל | עותק
ar: إلى | نسخة
fa: به
zh: 收件人 | 收件者 | 抄送 | 副本
ja: 宛先
ko: 받는 사람 | 받는사람 | 참조
vi: đến | người nhận
th: ถึง
id: kepada
""")
)
SUBJECT: Final = _all(
    _table("""
en: subject
es: asunto
fr: objet | sujet
de: betreff | betrifft
it: oggetto
pt: assunto
nl: onderwerp
ca: assumpte
ro: subiect
sv: ämne
da: emne
no: emne
is: efni
fi: aihe
et: teema
pl: temat
cs: předmět
sk: predmet
sl: zadeva
hr: predmet | naslov
hu: tárgy
ru: тема
uk: тема
el: θέμα
tr: konu
he: נושא
ar: الموضوع
fa: موضوع
zh: 主题 | 主題 | 主旨
ja: 件名
ko: 제목
vi: chủ đề | tiêu đề
th: เรื่อง
id: subjek | perihal
""")
)

ORIGINAL_MESSAGE: Final = _all(
    _table("""
en: original message | original email | original mail | reply message | original appointment
es: mensaje original
fr: message d'origine | message original
de: ursprüngliche nachricht | originalnachricht | ursprüngliche e-mail | urspr. nachricht | original-nachricht
it: messaggio originale | messaggio di origine
pt: mensagem original
nl: oorspronkelijk bericht | origineel bericht
ca: missatge original
ro: mesaj original | mesajul original
sv: ursprungligt meddelande | originalmeddelande
da: oprindelig meddelelse | oprindelig besked | original meddelelse
no: opprinnelig melding | original melding
fi: alkuperäinen viesti
pl: wiadomość oryginalna | oryginalna wiadomość
cs: původní zpráva | původní e-mail
sk: pôvodná správa
sl: izvirno sporočilo
hr: izvorna poruka
sr: изворна порука
hu: eredeti üzenet
ru: исходное сообщение | оригинальное сообщение | исходное письмо
uk: оригінальне повідомлення | вихідне повідомлення
el: αρχικό μήνυμα
tr: özgün ileti | orijinal mesaj | orjinal mesaj
he: ההודעה המקורית | הודעה מקורית
ar: الرسالة الأصلية | رسالة أصلية
fa: پیام اصلی
zh: 原始邮件 | 原邮件 | 原始郵件 | 原始信件
ja: 元のメッセージ | 元のメール
ko: 원본 메시지 | 원본 메일
vi: thư gốc | tin nhắn gốc
th: ข้อความต้นฉบับ
id: pesan asli
""")
)
FORWARDED: Final = _all(
    _table("""
en: forwarded message | forwarded mail | forwarded email | begin forwarded message | start of forwarded message
es: mensaje reenviado | inicio del mensaje reenviado
fr: message transféré | message transmis | début du message transféré | début du message réexpédié
de: weitergeleitete nachricht | anfang der weitergeleiteten nachricht | weitergeleitete e-mail
it: messaggio inoltrato | inizio messaggio inoltrato
pt: mensagem encaminhada | início da mensagem encaminhada | mensagem reencaminhada | início da mensagem reencaminhada
nl: doorgestuurd bericht | begin doorgestuurd bericht
ca: missatge reenviat
ro: mesaj redirecționat | mesaj redirectionat
sv: vidarebefordrat meddelande | vidarebefordrat brev | påbörjat vidarebefordrat brev
da: videresendt meddelelse | videresendt besked | start på videresendt besked
no: videresendt melding | videresendt e-post | start på videresendt melding
fi: välitetty viesti | edelleenlähetetty viesti | välitetty viesti alkaa
pl: przekazana wiadomość | treść przekazanej wiadomości | początek przekazanej wiadomości
cs: přeposlaná zpráva | začátek přeposlané zprávy
sk: preposlaná správa
sl: posredovano sporočilo
hr: proslijeđena poruka
hu: továbbított üzenet | továbbított levél kezdete
ru: пересылаемое сообщение | пересланное сообщение | начало переадресованного сообщения | начало переадресованного письма
uk: переслане повідомлення
el: προωθημένο μήνυμα
tr: iletilen mesaj | iletilmiş mesaj
he: הודעה שהועברה
ar: رسالة معاد توجيهها | رسالة محولة
zh: 转发的邮件 | 转发邮件 | 被转发邮件信息 | 轉寄的郵件 | 轉寄郵件 | 開始轉寄郵件
ja: 転送されたメッセージ | 転送メッセージ
ko: 전달된 메시지 | 전달된 메일
vi: thư được chuyển tiếp | tin nhắn chuyển tiếp
id: pesan terusan
""")
)

SENT_FROM: Final = _all(
    _table("""
en: sent from | sent with | sent via | sent by | sent using | sent on | get outlook for | from my iphone | from my ipad | via mobile
es: enviado desde | enviado con | enviado de | enviado por | enviada desde | obtener outlook para | obtenga outlook para
fr: envoyé depuis | envoyé de | envoyé à partir | envoyé avec | envoyé via | envoyé par | télécharger outlook pour | obtenir outlook pour
de: gesendet von | gesendet mit | gesendet über | von meinem | diese nachricht wurde von | outlook für | holen sie sich outlook
it: inviato da | inviato dal | inviato con | inviato tramite | scarica outlook per | ottieni outlook per
pt: enviado do | enviado a partir do | enviado pelo | enviado via | obter o outlook para
nl: verzonden vanaf | verzonden met | verzonden via | verstuurd vanaf | verstuurd met | outlook voor | downloaden van outlook
ro: trimis de pe | trimis din
sv: skickat från | skickat via | skickat med | hämta outlook för
da: sendt fra | sendt via | sendt med | hent outlook
fi: lähetetty
pl: wysłane z | wysłano z | wysłano za | pobierz program outlook
cs: odesláno z | stáhnout outlook
sk: odoslané z
hu: küldve a
ru: отправлено с | отправлено из | скачать outlook
uk: надіслано з | відправлено з | завантажити outlook
el: στάλθηκε από
he: נשלח מ
ar: أرسلت من | أرسل من
vi: gửi từ | đã gửi từ
id: dikirim dari
""")
)
"""How phones and mail programs sign, at the beginning of the line."""

DEVICE_FIRST: Final = _all(
    _table("""
tr: gönderildi
zh: 发自我的 | 发自 | 從我的 | 从我的 | 傳送自 | 寄自 | 获取 outlook | 取得 outlook
ja: から送信 | を入手
ko: 에서 보냄 | 나의 iphone에서
""")
)
"""The same in languages that name the device first: anywhere in the line."""

DEVICES: Final = _all(
    _table("""
brands: iphone | ipad | ipod | android | samsung | galaxy | huawei | xiaomi | pixel
more brands: nokia | blackberry | htc | alcatel | motorola | oneplus | sony | lumia
programs: outlook | mail | mailbox | airmail | yahoo | gmail | aol | windows
more programs: proton | tutanota | fastmail | thunderbird | k-9 | bluemail | spark | sparrow
en: smartphone | phone | mobile | cell | tablet | device | laptop
es: móvil | movil | celular | teléfono | tableta
fr: téléphone | cellulaire
de: handy | mobilgerät | mobiltelefon | telefon | gerät
it: telefono | cellulare
pt: telefone | celular
nl: telefoon
sv: mobil
fi: puhelin | puhelimesta
pl: telefon | komórk
ru: телефон | смартфон | айфон
zh: 手机 | 手機
""")
)

CONFIDENTIALITY: Final = _all(
    _table("""
en: confidential | intended recipient | intended only for | intended solely for | privileged | unauthorized | notify the sender | in error
town: public records law | may be disclosed to third parties | correspondence to and from this address
programs: scanned for viruses | virus-free | virenfrei | think before you print | consider the environment | before printing this
es: confidencial | exclusivamente al destinatario | notifique al remitente | por error
fr: confidentiel | destinataire | par erreur
de: vertraulich | bestimmungsgemäße | unbefugte | irrtümlich
it: riservat | esclusivamente | per errore
pt: confidenciais | exclusivamente ao destinatário | por engano
nl: vertrouwelijk | geadresseerde | abusievelijk
sv: konfidentiell | avsedda mottagaren
pl: poufn | adresata | omyłkowo
ru: конфиденциальн | адресата | по ошибке
uk: конфіденційн | адресата | помилково
""")
)
"""Two of these in the last paragraph make it an employer's notice, not the resident's words."""
