/* Types of the values that modules exchange. For the type checker only; browsers never load it. */

/** [x, y, t_ms?, pressure?]; x and y in canvas units (0 to 1000), pressure 0 to 1. */
type Sample = number[];
type Stroke = Sample[];

/** What a drawing can be labelled: a digit 0 to 9, or not a digit. */
type ClassLabel = number | "not_a_digit";

interface Prediction {
  decision: "digit" | "unsure" | "not_a_digit";
  /** The most probable digit; null if not_a_digit. */
  digit: number | null;
  confidence: number;
  /** Ten probabilities, one for each digit. */
  probabilities: number[];
  /** "name@sha" */
  model: string;
  latency_ms: number;
}

/** A prediction of the side-by-side panel, or a code that says why there is none. */
interface ModelPrediction extends Prediction {
  /** Whether the model can answer "not a digit". */
  rejects?: boolean;
  code?: string;
}

/** A drawing as the HTTP API returns it. */
interface ApiDrawing {
  id: string;
  ref: string;
  revision: number;
  status: string;
  error?: string;
  created_at: string;
  prediction: Prediction | null;
  claim: ClassLabel | null;
  ground_truth?: ClassLabel | null;
  strokes: Stroke[] | null;
  pointer?: string;
}

/** A websocket message of the server; `type` decides which other fields it has. */
interface ServerMessage {
  type: string;
  [field: string]: any;
}

type ConnectionName =
  | "connecting"
  | "open"
  | "lost"
  | "offline" // the page without a network
  | "too_many_connections"
  | "too_many_guests"
  | "signed_out"
  | "other_user"
  | "forbidden"
  | "not_found";

interface ConnectionStatus {
  name: ConnectionName;
  /** Milliseconds until the next attempt. */
  retryInMs?: number;
  /** Who is signed in, for "other_user". */
  user?: { id: number | string; username: string };
}

interface Position {
  row: number;
  column: number;
}

interface Store<S> {
  readonly state: S;
  dispatch(event: any): void;
  subscribe(listener: (state: S, before: S, event: any) => void): void;
}

/** A line of a chart: points in the order of x. */
interface Series {
  name: string;
  points: number[][];
  isFaint?: boolean;
  isDots?: boolean;
}

/** A vertical line in a chart. */
interface ChartMark {
  x: number;
  name: string;
  isLow?: boolean;
}

/** What a reviewer can choose for a review item. */
type ReviewChoice = ClassLabel | "skip";

/** An item of the review queue. */
interface ReviewItem {
  id: string;
  lease: string;
  /** Why it is in the queue, as a sentence. */
  why: string;
  /** training or holdout, for admins; else null. */
  split: string | null;
  strokes: Stroke[] | null;
  /** Data URL of an uploaded image, which has no strokes. */
  raster: string | null;
  prediction: Prediction | null;
  claim: ClassLabel | null;
}

/** Signed numbers as bytes: 128 is 0, 1 and 255 are -scale and scale. `data` is base64. */
interface PackedMaps {
  size: number[];
  scale: number;
  data: string;
}

interface Layer {
  name: string;
  kind: string;
  /** [channels, height, width] or [units] */
  shape: number[];
  /** Layers of one step are shown together. */
  step: number;
  maps: PackedMaps;
}

/** The last layer of a model and its inputs. */
interface Head {
  /** One row of weights for each output. */
  weights: number[][];
  bias: number[];
  features: number[];
  /** Fraction of the features that dropout hides in training; 0 for none. */
  dropout: number;
  temperature: number;
}

type ShortPrediction = Pick<Prediction, "digit" | "confidence"> & { decision?: Prediction["decision"] };

/** Why the most probable class won, and the smallest change that makes the second one win. */
interface Attribution {
  best: ClassLabel;
  second: ClassLabel;
  /** Integrated gradients of the best class. */
  alone: PackedMaps;
  /** Integrated gradients of the best class minus the second. */
  lead: PackedMaps;
  counterfactual: { raster: string; touches: number; reached: boolean };
}

/** The drawing at many positions and sizes, without centering. Ordered by size, row, column. */
interface Positions {
  sizes: number[];
  /** Positions in a row and in a column. */
  across: number;
  /** Base64 of 28*28 bytes each. */
  rasters: string;
  predictions: ShortPrediction[];
}

/** Everything the explanation page shows, except for the nearest neighbours. */
interface Explanation extends ShortPrediction {
  model: string;
  /** Base64 of 28*28 bytes. */
  raster: string;
  problem?: string;
  layers: Layer[];
  /** Convolution kernels of the first layer; null if it has none. */
  filters: number[][][] | null;
  head: Head;
  attribution: Attribution;
  positions: Positions;
  augmentation: { is_own: boolean; seeds: number; rasters: string; predictions: ShortPrediction[] };
}

interface Neighbours {
  problem?: string;
  /** The training drawings are not on this site. */
  missing?: boolean;
  num_indexed: number;
  drawings: { raster: string; label: ClassLabel; set: string; similarity: number }[];
}
