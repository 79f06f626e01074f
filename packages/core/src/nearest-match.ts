/**
 * The known word that a misspelled one probably stands for; undefined if none is near. Case counts
 * for nothing, and a third of a word's letters may be wrong, but always two.
 *
 * @example
 * nearestMatch('taskPerStep', ['tasksPerStep', 'sessionsPerTask']) // 'tasksPerStep'
 */
export function nearestMatch(word: string, known: readonly string[]): string | undefined {
  let [best, least]: [string | undefined, number] = [undefined, Infinity]
  for (const candidate of known) {
    const edits = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (edits < least) [best, least] = [candidate, edits]
  }
  return best !== undefined && least <= Math.max(2, Math.floor(best.length / 3)) ? best : undefined
}

/** Levenshtein's distance: letters to insert, remove or replace. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, j) => j)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++)
      next.push(
        Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + Number(from[i - 1] !== to[j - 1])),
      )
    row = next
  }
  return row[to.length]
}
