/**
 * An id as PDDL can hold it: `Mug|-01.50|+00.90` becomes
 * `Mug_bar__minus_01_dot_50_bar__plus_00_dot_90`.
 */
export function mangleId(id: string): string {
  return id
    .replaceAll('-', '_minus_')
    .replaceAll('|', '_bar_')
    .replaceAll('+', '_plus_')
    .replaceAll('.', '_dot_')
    .replaceAll(',', '_comma_')
}

/**
 * ALFWorld's names for mangled lower-case ids: the part before the first `_bar_` (with `basin`
 * where the id has it) and a number, counted down from the number of things so named, in ascending
 * order of ids. An id without `_bar_` keeps its text, followed by a blank.
 *
 * @param ids ascending
 * @example
 * nameEntities(['mug_bar_1', 'mug_bar_2', 'agent1']) // ['mug 2', 'mug 1', 'agent1 ']
 */
export function nameEntities(ids: readonly string[]): string[] {
  const kinds = ids.map((id) => {
    const end = id.indexOf('_bar_')
    return end < 0 ? undefined : id.slice(0, end) + (id.includes('basin') ? 'basin' : '')
  })
  const left = new Map<string, number>()
  for (const kind of kinds) if (kind !== undefined) left.set(kind, (left.get(kind) ?? 0) + 1)
  return kinds.map((kind, i) => {
    if (kind === undefined) return `${unmangle(ids[i])} `
    const number = left.get(kind)!
    left.set(kind, number - 1)
    return `${unmangle(kind)} ${number}`
  })
}

function unmangle(text: string): string {
  return text
    .replaceAll('_minus_', '-')
    .replaceAll('_plus_', '+')
    .replaceAll('_dot_', '.')
    .replaceAll('_comma_', ',')
}
