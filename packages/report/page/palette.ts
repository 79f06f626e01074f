/** What tells a method from the others: color, and dashes where colors do not help. */
export interface Look {
  /** Name of a CSS custom property. */
  readonly color: string
  readonly dash: readonly number[]
}

const LOOKS: readonly Look[] = [
  { color: '--series-1', dash: [] },
  { color: '--series-2', dash: [7, 4] },
  { color: '--series-3', dash: [2, 3] },
  { color: '--series-4', dash: [10, 3, 2, 3] },
  { color: '--series-5', dash: [4, 2] },
  { color: '--series-6', dash: [12, 4] },
]

/** The look of the method at this place in the report. */
export function lookAt(place: number): Look {
  return LOOKS[place % LOOKS.length]
}

/**
 * A custom property's color as the browser resolves it now; `light-dark()` in a custom property is
 * not resolved by reading it.
 */
export function resolveColor(property: string): string {
  const probe = document.createElement('span')
  probe.style.color = `var(${property})`
  probe.style.display = 'none'
  document.body.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}

/** The same color, more transparent. */
export function fade(color: string, alpha: number): string {
  return `color-mix(in srgb, ${color} ${Math.round(alpha * 100)}%, transparent)`
}
