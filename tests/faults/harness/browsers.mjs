/* Many browsers in one process, each with the site's own realtime connection (static/js/realtime), with its
   backoff and cursor. Reads one JSON line, { url, cookies }, then "draw" lines; prints every
   message and every connection status as [number, kind, body]. */
import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline";
import { ReconnectingSocket } from "../../../static/js/realtime/reconnecting_socket.js";

const STROKES = [[[0, 0, 0], [0, 10, 40], [1, 20, 80]]];

function print(...values) {
  process.stdout.write(`${JSON.stringify(values)}\n`);
}

/* Sends each drawing again on every connection until it is acknowledged, as the page does. */
function openBrowser(url, cookie, number) {
  const unsent = new Map();
  const socket = new ReconnectingSocket({
    url,
    makeSocket: (to) => new WebSocket(to, { headers: { cookie } }),
    onMessage: (message) => {
      if (message.type === "queued") unsent.delete(message.ref);
      print(number, "message", message);
    },
    onStatus: (status) => {
      print(number, "status", status);
      if (status.name === "open") unsent.forEach((message) => socket.send(message));
    },
  });
  socket.connect();
  return () => {
    const message = { type: "draw", ref: randomUUID(), revision: 1, strokes: STROKES };
    unsent.set(message.ref, message);
    socket.send(message);
  };
}

let draws = [];
for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  if (command === "draw") draws.forEach((draw) => draw());
  else draws = command.cookies.map((cookie, number) => openBrowser(command.url, cookie, number));
}
process.exit();
