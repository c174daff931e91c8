/* Fresh names for drawings: random UUIDs (version 4). */

/* randomUUID exists only on https and localhost; a site on a local network's plain http makes its
   own from random bytes. */
export function newRef(source = globalThis.crypto) {
  return source.randomUUID?.() ?? uuidFromBytes(source.getRandomValues(new Uint8Array(16)));
}

export function uuidFromBytes(bytes) {
  const own = Uint8Array.from(bytes);
  own[6] = (own[6] & 0x0f) | 0x40;
  own[8] = (own[8] & 0x3f) | 0x80;
  const hex = Array.from(own, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
