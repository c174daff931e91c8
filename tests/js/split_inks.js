/* Reads drawings (a list of lists of strokes) from stdin and writes the number of digits that each is split into:
   node tests/js/split_inks.js */
import { readFileSync } from "node:fs";
import { splitDigits } from "../../static/js/draw/several_digits.js";

const drawings = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(drawings.map((strokes) => splitDigits(strokes).length)));
