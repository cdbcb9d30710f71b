// Photos before they are sent: made smaller, shown, and asked where they were taken.
const EDGE = 2560;

export async function smaller(file) {
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, EDGE / Math.max(picture.width, picture.height));
    if (scale === 1 && file.type === "image/jpeg" && file.size < 2_000_000) return file;
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", 0.85); });
    return blob && blob.size < file.size ? new File([blob], "photo.jpg", { type: "image/jpeg" }) : file;
  } catch {
    return file; // a kind that this browser cannot show: the town's own software may
  }
}

// Exif (CIPA DC-008): a TIFF directory after "Exif\0\0"; entry 0x8825 points to the GPS directory, 1-4 are the coordinates.
export async function position(file) {
  const bytes = new Uint8Array(await file.slice(0, 262_144).arrayBuffer());
  const start = bytes.findIndex((_, i) => String.fromCharCode(...bytes.subarray(i, i + 6)) === "Exif\0\0") + 6;
  if (start < 6) return null;
  try {
    const view = new DataView(bytes.buffer, start);
    const little = view.getUint16(0) === 0x4949;
    const directory = (at) => {
      const entries = new Map();
      for (let i = 0; i < view.getUint16(at, little); i += 1) entries.set(view.getUint16(at + 2 + i * 12, little), at + 10 + i * 12);
      return entries;
    };
    const gps = directory(view.getUint32(directory(view.getUint32(4, little)).get(0x8825), little));
    const degrees = (value, sign, negative) => {
      const at = view.getUint32(gps.get(value), little);
      const part = (i) => view.getUint32(at + i * 8, little) / view.getUint32(at + i * 8 + 4, little);
      const total = part(0) + part(1) / 60 + part(2) / 3600;
      return String.fromCharCode(view.getUint8(gps.get(sign))) === negative ? -total : total;
    };
    const point = [degrees(2, 1, "S"), degrees(4, 3, "W")];
    return point.every(Number.isFinite) && point.some(Boolean) ? point : null;
  } catch {
    return null;
  }
}
