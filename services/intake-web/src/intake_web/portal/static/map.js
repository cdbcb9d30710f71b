// The map, fetched only when somebody asks for it. Words are always enough.
export async function drawMap(box, current, chosen) {
  const style = Object.assign(document.createElement("link"), { rel: "stylesheet", href: box.dataset.style });
  const script = Object.assign(document.createElement("script"), { src: box.dataset.script });
  await Promise.all([style, script].map((element) => new Promise((resolve, reject) => {
    element.onload = resolve;
    element.onerror = reject;
    document.head.append(element);
  })));
  const { L } = window;
  box.hidden = false;
  const point = current() ?? box.dataset.center.split(",").map(Number);
  const map = L.map(box).setView(point, current() ? 17 : 13);
  const credit = Object.assign(document.createElement("span"), { textContent: box.dataset.attribution }).innerHTML;
  L.tileLayer(box.dataset.tiles, { attribution: credit, maxZoom: 19 }).addTo(map);
  const icon = L.icon({
    iconUrl: box.dataset.images + "marker-icon.png", iconRetinaUrl: box.dataset.images + "marker-icon-2x.png",
    shadowUrl: box.dataset.images + "marker-shadow.png", iconSize: [25, 41], iconAnchor: [12, 41], shadowSize: [41, 41],
  });
  let pin;
  const draw = () => {
    const spot = current();
    if (!spot) { pin?.remove(); pin = null; return; }
    if (!pin) {
      pin = L.marker(spot, { draggable: true, icon, alt: "" }).addTo(map);
      pin.on("dragend", () => { const { lat, lng } = pin.getLatLng(); chosen(lat, lng); });
    }
    pin.setLatLng(spot);
  };
  map.on("click", ({ latlng }) => chosen(latlng.lat, latlng.wrap().lng));
  draw();
  return draw;
}
