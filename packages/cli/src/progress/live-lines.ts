import { clearScreenDown, cursorTo, moveCursor } from 'node:readline'

/**
 * Lines at the bottom of a terminal that are replaced as often as they change; others scroll above
 * them.
 */
export interface LiveLines {
  /** These instead of the ones before. */
  show(lines: readonly string[]): void
  /** A line that stays, above. */
  print(line: string): void
  /** Leaves the last lines standing. */
  done(): void
}

/**
 * On a terminal, lines replace each other; elsewhere live lines are not shown at all and printed
 * ones are.
 *
 * @example
 * import { liveLines } from 'icrl'
 * const lines = liveLines(process.stderr)
 * lines.show(['run a  step 3', 'run b  step 5'])
 * lines.print('run b is done') // stays, above
 * lines.done()
 */
export function liveLines(
  stream: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number },
): LiveLines {
  let shown: readonly string[] = []
  const clear = (): void => {
    if (shown.length === 0) return
    moveCursor(stream, 0, -shown.length)
    cursorTo(stream, 0)
    clearScreenDown(stream)
    shown = []
  }
  const draw = (lines: readonly string[]): void => {
    for (const line of lines) stream.write(`${cut(line, (stream.columns ?? 80) - 1)}\n`)
    shown = lines
  }
  return {
    show(lines) {
      if (!stream.isTTY) return
      clear()
      draw(lines)
    },
    print(line) {
      const kept = shown
      clear()
      stream.write(`${line}\n`)
      if (stream.isTTY) draw(kept)
    },
    done() {
      shown = []
    },
  }
}

/** Cut to a width, color codes not counted: a line that wraps could not be replaced. */
function cut(line: string, width: number): string {
  let visible = 0
  let out = ''
  for (const part of line.split(/(\x1b\[[0-9;]*m)/)) {
    if (part.startsWith('\x1b')) out += part
    else {
      out += [...part].slice(0, Math.max(0, width - visible)).join('')
      visible += [...part].length
    }
  }
  return out
}
