"""Tools of kind `companion`: a Bitfocus Companion over its HTTP remote control.

Source: Companion User Guide, Remote Control, HTTP Remote Control: `POST /api/location/PAGE/ROW/COLUMN/press`,
`GET` and `POST /api/custom-variable/NAME/value`, `GET /api/variable/CONNECTION/NAME/value`. A press of a place without a button
is answered 204, a variable that is not there 404, and everything 403 while the HTTP API is switched off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from avops.connectors.device import DeviceConnector
from avops.connectors.device_http import HttpDevices
from avops.errors import ToolError
from avops.model.tool import CompanionTool

if TYPE_CHECKING:
    from avops.connectors.device import Order


class CompanionDevices(HttpDevices[CompanionTool]):
    """A `Tool` over Companion."""

    health_action = "get_time"

    async def perform(self, order: Order) -> object:
        """One request per action."""
        given = order.arguments
        match order.action:
            case "press_button":
                return await self._press(order)
            case "get_variable":
                connection = given.get("connection")
                place = "custom-variable" if connection is None else f"variable/{quote(str(connection), safe='')}"
                return {"value": await self._read(order, f"/api/{place}/{quote(str(given['variable']), safe='')}/value")}
            case "set_variable":
                path = f"/api/custom-variable/{quote(str(given['variable']), safe='')}/value"
                body = str(given["value"]).encode()
                status, _ = await self.send(order, "POST", path, body=body, headers=(("Content-Type", "text/plain"),), secure=False)
                self._known(order, status)
                return {"done": True}
            case _:
                return {"time": await self._read(order, "/api/variable/internal/time_hms/value")}

    async def _press(self, order: Order) -> object:
        page, row, column = (order.arguments[key] for key in ("page", "row", "column"))
        status, _ = await self.send(order, "POST", f"/api/location/{page}/{row}/{column}/press", secure=False)
        if status != 200:
            hint = "pages count from 1, rows and columns from 0"
            raise ToolError(f"'{order.device}' has no button at page {page}, row {row}, column {column}", hint=hint)
        return {"done": True}

    async def _read(self, order: Order, path: str) -> str:
        status, body = await self.send(order, "GET", path, secure=False)
        self._known(order, status)
        return body.decode("utf-8", "replace")

    def _known(self, order: Order, status: int) -> None:
        if status != 200:
            raise ToolError(f"'{order.device}' has no variable '{order.arguments.get('variable', 'time_hms')}'", hint="its case counts")


class CompanionConnector(DeviceConnector[CompanionTool]):
    """Makes tools of kind `companion`."""

    manifest_type = CompanionTool
    tool_type = CompanionDevices
