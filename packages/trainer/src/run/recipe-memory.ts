import { IcrlError, type Json, type RecipeMemory } from '@icrl/core'

/**
 * A recipe's memory, starting from what it remembered before. What it holds is frozen, and its
 * objects have their keys in the order that a checkpoint gives them, so that a resumed run reads
 * the very same value.
 */
export function recipeMemory(recipe: string, remembered?: Json): RecipeMemory {
  let current = remembered === undefined ? undefined : frozenCopy(recipe, remembered)
  return {
    get: () => current,
    set: (value) => {
      current = frozenCopy(recipe, value)
    },
  }
}

function frozenCopy(recipe: string, value: unknown): Json {
  const ancestors: unknown[] = []
  const refuse = (path: string, what: string): never => {
    throw new IcrlError(`recipe "${recipe}": ${path} is ${what}, which JSON cannot carry.`, {
      code: 'invalid-option',
      remedy:
        'Remember finite numbers, strings, booleans, null, lists and plain objects; leave out keys without a value.',
    })
  }
  const copy = (item: unknown, path: string): Json => {
    if (item === null || typeof item === 'string' || typeof item === 'boolean') return item
    // JSON has no −0.
    if (typeof item === 'number') return Number.isFinite(item) ? item || 0 : refuse(path, `${item}`)
    if (typeof item !== 'object') return refuse(path, `a value of type ${typeof item}`)
    if (ancestors.includes(item)) return refuse(path, 'a cycle')
    ancestors.push(item)
    const copied = Array.isArray(item)
      ? Array.from(item, (each: unknown, i) => copy(each, `${path}[${i}]`))
      : Object.fromEntries(
          plainEntries(item, path, refuse).map(([key, each]) => [
            key,
            copy(each, `${path}.${key}`),
          ]),
        )
    ancestors.pop()
    return Object.freeze(copied)
  }
  return copy(value, 'memory')
}

/** In alphabetical order, as `canonicalJson` writes them. */
function plainEntries(
  value: object,
  path: string,
  refuse: (path: string, what: string) => never,
): [string, unknown][] {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null)
    return refuse(path, `an instance of ${value.constructor.name}`)
  if (Object.getOwnPropertySymbols(value).length > 0) return refuse(path, 'keyed by a symbol')
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
}
