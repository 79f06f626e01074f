/** The mean; undefined if there are no values. */
export function meanOf(values: readonly number[]): number | undefined {
  return values.length === 0
    ? undefined
    : values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Share of the items that satisfy `holds`; undefined if there are no items. */
export function shareOf<Item>(
  items: readonly Item[],
  holds: (item: Item) => boolean,
): number | undefined {
  return items.length === 0 ? undefined : items.filter(holds).length / items.length
}
