"""axe-core in a browser: https://github.com/dequelabs/axe-core."""

from typing import Any

from playwright.sync_api import Page

from tests.fixtures.site_process import ROOT

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
PHONE: Any = {"width": 390, "height": 844}
DESKTOP: Any = {"width": 1440, "height": 900}
# Moving elements are checked in their final state. The end of a transition of an inherited colour
# starts those of the children.
FIND_VIOLATIONS = """async () => {
  const paint = () => new Promise(requestAnimationFrame);
  await paint();
  do {
    document.getAnimations().forEach((animation) => animation.cancel());
    await paint();
  } while (document.getAnimations().length);
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  const describe = ({ data }) => data?.fgColor ? ` ${data.fgColor} on ${data.bgColor}` : "";
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, any }) => `${id}: ${target}${any.map(describe).join("")}`));
}"""


def find_violations_of_copy(page: Page) -> list[str]:
    """Check the page after a new load in a context without the content security policy, whose
    violations by axe-core the context of the page would record."""
    browser = page.context.browser
    assert browser
    context = browser.new_context(
        storage_state=page.context.storage_state(), bypass_csp=True, reduced_motion="reduce"
    )
    copy = context.new_page()
    copy.goto(page.url)
    found = find_violations(copy)
    context.close()
    return found


def find_violations(page: Page) -> list[str]:
    """Check the page as it is on a phone in the light theme and on a desktop in the dark theme. The
    other two combinations have the same elements and the same colours."""
    page.evaluate(AXE.read_text())
    found: list[str] = []
    for name, size, theme in (("phone", PHONE, "light"), ("desktop", DESKTOP, "dark")):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        found += [f"{name}, {theme}: {violation}" for violation in page.evaluate(FIND_VIOLATIONS)]
    return found
