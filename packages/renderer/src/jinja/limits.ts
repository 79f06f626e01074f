/**
 * What a template may take. A chat template is a program that comes with a model's files: it must
 * not be able to stop or fill the process. Conversations of thousands of messages stay far below.
 */
const MOST_STEPS = 10_000_000
/** What a turn of a loop takes before its body: the names `loop.…`. */
export const STEPS_OF_TURN = 20
/** Of `range`, as in Jinja2's sandbox. */
const MOST_RANGE = 100_000
/** Characters of a text, or items of a list, that a template makes. */
const MOST_LENGTH = 1 << 24

let left = 0

/** Renders with all steps before it. Rendering is synchronous: no two are under way at once. */
export function withinLimits(render: () => string): string {
  left = MOST_STEPS
  return render()
}

/** @throws Error once the template has done too much */
export function spend(steps: number): void {
  left -= steps
  if (left < 0) throw new Error('the template does too much: it may loop for ever')
}

/** @throws Error for a range that is too long */
export function checkRange(length: number): void {
  if (length > MOST_RANGE)
    throw new Error(`Range too big. A range has at most ${MOST_RANGE} numbers`)
}

/** @throws Error for a text or list that is too long */
export function checkLength(length: number): void {
  if (length > MOST_LENGTH)
    throw new Error(`too long: a template makes texts and lists of at most ${MOST_LENGTH}`)
}
