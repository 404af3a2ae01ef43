import { styleText } from "node:util";

/** How the parts of a message look; the text itself where there is no colour. */
export interface Colours {
  strong(text: string): string;
  faint(text: string): string;
  good(text: string): string;
  bad(text: string): string;
}

const PLAIN: Colours = { strong: same, faint: same, good: same, bad: same };

const COLOURED: Colours = {
  strong: (text) => styled("bold", text),
  faint: (text) => styled("dim", text),
  good: (text) => styled("green", text),
  bad: (text) => styled("red", text),
};

/** Colours on a terminal only, and never where `NO_COLOR` is set (https://no-color.org). */
export function coloursFor(isTerminal: boolean, environment: NodeJS.ProcessEnv): Colours {
  const isWanted = isTerminal && !environment["NO_COLOR"] && environment["TERM"] !== "dumb";
  return isWanted ? COLOURED : PLAIN;
}

function same(text: string): string {
  return text;
}

/** Without Node's own look at standard output: the text may go elsewhere. */
function styled(style: "bold" | "dim" | "green" | "red", text: string): string {
  return styleText(style, text, { validateStream: false });
}
