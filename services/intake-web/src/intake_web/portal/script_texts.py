"""What the browser's module says, so that it is translated with everything else. Pure data."""

from intake_web.portal.translations import mark as _

TEXTS = {
    "next": _("Continue"),
    "back": _("Back"),
    "backToCheck": _("Back to your answers"),
    "step": _("Step {at} of {all}"),
    "problem": _("There is a problem"),
    "error": _("Error:"),
    "suggested": _("Is it one of these?"),
    "sending": _("Sending …"),
    "offline": _("You seem to be offline. Your report is kept on this device; send it when you are connected again."),
    "failed": _("Sending did not work. Your report is kept on this device; please try again."),
    "resend": _("You are connected again. Press “Send report” to send your report."),
    "found": _("We kept a report that you had not sent yet."),
    "delete": _("Delete it"),
    "located": _("Map point: {lat}, {long}"),
    "noLocation": _("Your place could not be found. Words are enough."),
    "photoPlace": _("A photo was taken at {lat}, {long}."),
    "usePhotoPlace": _("Use this as the place"),
    "remove": _("Remove photo {n}"),
    "photo": _("Photo {n}"),
    "tooMany": _("Only {n} photos can be sent; the others were left out."),
    "tooLarge": _("A photo was left out because it is too large."),
    "noPhotos": _("No photos"),
    "photos": _("Photos: {n}"),
}
