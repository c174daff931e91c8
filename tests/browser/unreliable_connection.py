"""The connection between a page and the site, which a test can cut."""

from playwright.sync_api import Page, WebSocketRoute, expect


class UnreliableConnection:
    """The websocket of a page. Create it before the page opens its socket."""

    def __init__(self, page: Page) -> None:
        self.is_on = True
        self.opened = 0
        self._page = page
        self._routes: list[WebSocketRoute] = []
        page.route_web_socket("**/ws/recognize/", self._connect)

    def _connect(self, route: WebSocketRoute) -> None:
        if not self.is_on:
            route.close(code=1012)
            return
        self.opened += 1
        route.connect_to_server()
        self._routes.append(route)

    def cut(self) -> None:
        self.is_on = False
        while self._routes:
            self._routes.pop().close(code=1012)
        expect(self._page.locator("[data-connection]")).to_be_visible()

    def restore(self) -> None:
        self.is_on = True

    def restore_immediately(self) -> None:
        """Reconnect as "Try now" does. The page may have reconnected at the same moment."""
        self.restore()
        self._page.locator("[data-connection-again]").dispatch_event("click")
