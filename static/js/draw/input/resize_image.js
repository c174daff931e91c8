/* Makes an image smaller before the upload: photos are larger than the server accepts. */
export const MAX_PIXELS = 1_000_000;

/**
 * Return the size of an image after resizing; a small one keeps its size. Pure.
 * @param {{ width: number, height: number }} size
 * @param {number} maxPixels
 */
export function fittingSize({ width, height }, maxPixels = MAX_PIXELS) {
  const scale = Math.min(1, Math.sqrt(maxPixels / (width * height)));
  return { width: Math.max(1, Math.floor(width * scale)), height: Math.max(1, Math.floor(height * scale)) };
}

/**
 * Return the image as a PNG with at most MAX_PIXELS, or null if the browser cannot decode it.
 * @param {Blob} file
 * @returns {Promise<Blob | null>}
 */
export async function resizeImage(file) {
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (!bitmap) return null;
  const canvas = Object.assign(document.createElement("canvas"), fittingSize(bitmap));
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}
