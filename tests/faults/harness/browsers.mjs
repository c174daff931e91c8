/* Many browsers in one process, each with the site's own live connection (static/js/realtime): its
   back-off, its cursors. Reads one JSON line, { url, cookies }, then "draw" lines; says every
   message and every change of a connection as [number, kind, body]. */
import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline";
import { LiveSocket } from "../../static/js/realtime/reconnecting_socket.js";

const STROKES = [[[0, 0, 0], [0, 10, 40], [1, 20, 80]]];

function say(...what) {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

/* What it has drawn is said again on each connection until it is acknowledged, as the page does. */
function openBrowser(url, cookie, number) {
  const owed = new Map();
  const live = new LiveSocket({
    url,
    makeSocket: (to) => new WebSocket(to, { headers: { cookie } }),
    onMessage: (message) => {
      if (message.type === "queued") owed.delete(message.ref);
      say(number, "message", message);
    },
    onStatus: (status) => {
      say(number, "status", status);
      if (status.name === "open") owed.forEach((message) => live.send(message));
    },
  });
  live.connect();
  return () => {
    const message = { type: "draw", ref: randomUUID(), revision: 1, strokes: STROKES };
    owed.set(message.ref, message);
    live.send(message);
  };
}

let draws = [];
for await (const line of createInterface({ input: process.stdin })) {
  const said = JSON.parse(line);
  if (said === "draw") draws.forEach((draw) => draw());
  else draws = said.cookies.map((cookie, number) => openBrowser(said.url, cookie, number));
}
process.exit();
