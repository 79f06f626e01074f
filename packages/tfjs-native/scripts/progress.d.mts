/** Shows how much of a work is done: one line on a terminal, otherwise a line now and then. */
export declare function progressTo(
  stream: { readonly isTTY?: boolean; write(text: string): unknown },
  title: string,
): (done: number, total: number) => void
