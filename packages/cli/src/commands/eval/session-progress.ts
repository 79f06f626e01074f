/** Counts sessions on a terminal, in place; silent elsewhere. */
export interface SessionProgress {
  readonly onSession: () => void
  /** Clears the line. */
  readonly done: () => void
}

/** @param sessions how many there will be */
export function sessionProgress(
  sessions: number,
  stream: NodeJS.WriteStream = process.stderr,
): SessionProgress {
  let ended = 0
  const write = (text: string): void => {
    if (stream.isTTY) stream.write(`\r\u001b[K${text}`)
  }
  return { onSession: () => write(`${++ended} of ${sessions} sessions`), done: () => write('') }
}
