// Refreshes the table of workers while the page is visible. The page works without this script.
"use strict";
const fleet = document.getElementById("fleet");
const address = new URL("../fleet", document.currentScript.src); // below the path of a proxy
async function refresh() {
  if (document.hidden) return;
  try {
    const response = await fetch(address, { cache: "no-store" });
    if (!response.ok) throw new Error(response.status);
    const text = await response.text(); // rendered and escaped by the gatekeeper
    if (text !== refresh.before) fleet.innerHTML = text;
    refresh.before = text;
    fleet.removeAttribute("data-stale");
  } catch {
    fleet.setAttribute("data-stale", ""); // the gatekeeper does not answer; the table may be old
  }
}
if (fleet) setInterval(refresh, 2000);
