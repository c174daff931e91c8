/* Prepares an image for the upload. An image within the server's limits is sent as it is: encoding it again
   would change its colours and make it larger. Photos are larger than the limits and are made smaller. */

/** @typedef {{ maxBytes: number, maxPixels: number }} ImageLimits */
/** @typedef {{ width: number, height: number }} Size */

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const JPEG = [0xff, 0xd8];
const RIFF = [0x52, 0x49, 0x46, 0x46];
const WEBP = [0x57, 0x45, 0x42, 0x50];
const NUM_SIGNATURE_BYTES = 12;

/**
 * Return the size of an image after resizing; a small one keeps its size. Pure.
 * @param {Size} size
 * @param {number} maxPixels
 */
export function fittingSize({ width, height }, maxPixels) {
  const scale = Math.min(1, Math.sqrt(maxPixels / (width * height)));
  return { width: Math.max(1, Math.floor(width * scale)), height: Math.max(1, Math.floor(height * scale)) };
}

/**
 * True for the file types that the server accepts, recognized by their first bytes. Pure.
 * @param {Uint8Array} bytes
 */
export function isAcceptedType(bytes) {
  const hasAt = (/** @type {number} */ start, /** @type {number[]} */ signature) =>
    signature.every((byte, index) => bytes[start + index] === byte);
  return hasAt(0, PNG) || hasAt(0, JPEG) || (hasAt(0, RIFF) && hasAt(8, WEBP));
}

/**
 * True if the server accepts the file as it is. Pure.
 * @param {{ signature: Uint8Array, numBytes: number, size: Size | null }} image `size` is null if the browser
 *   cannot decode the file; then the server decides
 * @param {ImageLimits} limits
 */
export function canSendUnchanged({ signature, numBytes, size }, { maxBytes, maxPixels }) {
  return isAcceptedType(signature) && numBytes <= maxBytes && (size === null || size.width * size.height <= maxPixels);
}

/**
 * Return the file to send, or null if neither the browser nor the server can read it.
 * @param {Blob} file
 * @param {ImageLimits} limits
 * @returns {Promise<Blob | null>}
 */
export async function prepareImage(file, limits) {
  const signature = new Uint8Array(await file.slice(0, NUM_SIGNATURE_BYTES).arrayBuffer());
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (canSendUnchanged({ signature, numBytes: file.size, size: bitmap }, limits)) return file;
  return bitmap && encodePng(bitmap, limits.maxPixels);
}

/**
 * @param {ImageBitmap} bitmap
 * @param {number} maxPixels
 * @returns {Promise<Blob | null>}
 */
function encodePng(bitmap, maxPixels) {
  const canvas = Object.assign(document.createElement("canvas"), fittingSize(bitmap, maxPixels));
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}
