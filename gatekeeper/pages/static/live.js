// Renews the fleet while somebody looks. Without it the page is as it was when it was loaded.
"use strict";
const fleet = document.getElementById("fleet");
async function renew() {
  if (document.hidden) return;
  try {
    const answer = await fetch("/page/fleet", { cache: "no-store" });
    if (!answer.ok) throw new Error(answer.status);
    const text = await answer.text(); // rendered and escaped by the gatekeeper
    if (text !== renew.before) fleet.innerHTML = text;
    renew.before = text;
    fleet.removeAttribute("data-stale");
  } catch {
    fleet.setAttribute("data-stale", ""); // the gatekeeper is away; what is shown may be old
  }
}
if (fleet) setInterval(renew, 2000);
