/* A webhook: the log is updated while a delivery waits for its first attempt. */
import "../site.js";
import { attachCopyButtons } from "../account/copy_button.js";
import { partsOf } from "../dom.js";
import { fetchHtml } from "../fetch_html.js";

const REFRESH_INTERVAL_MS = 1000;
const MAX_REFRESHES = 30; // then the maintenance process does not run
const NEW_DELIVERY = "[data-status=waiting][data-attempts='0']";

const part = partsOf(document);

attachCopyButtons(document);
if (part("refresh")) refresh(MAX_REFRESHES);

/** @param {number} left */
function refresh(left) {
  const log = part("deliveries");
  if (!left || !log.querySelector(NEW_DELIVERY)) return;
  setTimeout(async () => {
    const isInUse = log.contains(document.activeElement) || log.querySelector("details[open]");
    const page = isInUse ? null : await fetchHtml(log.dataset.refresh);
    if (page) log.replaceWith(document.adoptNode(partsOf(page)("deliveries")));
    refresh(left - 1);
  }, REFRESH_INTERVAL_MS);
}
