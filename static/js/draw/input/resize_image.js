/* Pictures from a camera are larger than the server takes: the browser makes them smaller first. */
export const MAX_PIXELS = 1_000_000;

/* The size to draw it at: as it is when it is small enough. Pure. */
export function fittingSize({ width, height }, most = MAX_PIXELS) {
  const scale = Math.min(1, Math.sqrt(most / (width * height)));
  return { width: Math.max(1, Math.floor(width * scale)), height: Math.max(1, Math.floor(height * scale)) };
}

/* The same picture as a PNG that is small enough; null when the browser cannot read it. */
export async function resizeImage(file) {
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (!bitmap) return null;
  const canvas = Object.assign(document.createElement("canvas"), fittingSize(bitmap));
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}
