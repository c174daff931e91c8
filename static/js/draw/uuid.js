/* Random UUIDs (version 4) as refs of new drawings. */

/**
 * crypto.randomUUID is missing on plain HTTP other than localhost, where the site may run in a local
 * network; there the UUID is made from random bytes.
 * @param {{ randomUUID?: () => string, getRandomValues: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array }} source
 * @returns {string}
 */
export function newRef(source = globalThis.crypto) {
  return source.randomUUID?.() ?? uuidFromBytes(source.getRandomValues(new Uint8Array(16)));
}

/** @param {Uint8Array} bytes 16 random bytes */
export function uuidFromBytes(bytes) {
  const copy = Uint8Array.from(bytes);
  copy[6] = (copy[6] & 0x0f) | 0x40;
  copy[8] = (copy[8] & 0x3f) | 0x80;
  const hex = Array.from(copy, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
