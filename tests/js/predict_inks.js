/* Reads drawings (a list of lists of strokes) from stdin and writes the browser's predictions:
   node tests/js/predict_inks.js BUNDLE */
import { readFileSync } from "node:fs";
import { parseBundle, predict } from "../../static/js/inference/network.js";
import { flattenStrokes, rasterize } from "../../static/js/inference/rasterize.js";

const network = parseBundle(new Uint8Array(readFileSync(process.argv[2])).buffer);
const drawings = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(drawings.map((strokes) => predict(network, rasterize(flattenStrokes(strokes))))));
