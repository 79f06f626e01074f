import { bindArguments, integerArgument, optionalText, textArgument } from './arguments.ts'
import { formatBraces } from './format-text.ts'
import {
  capitalize,
  replace,
  split,
  splitFromEnd,
  splitLines,
  strip,
  title,
  type Side,
} from './strings.ts'
import { represent } from './text.ts'
import {
  isDict,
  isEqual,
  isList,
  iterate,
  lengthOf,
  Namespace,
  orElse,
  Tuple,
  tuple,
  typeName,
  Undefined,
  type Callable,
  type Dict,
  type Value,
} from './value.ts'

/**
 * `object.name`: a method, else a dict's item or a namespace's attribute.
 *
 * @throws Error if the object is undefined
 */
export function attribute(object: Value, name: string): Value {
  if (object instanceof Undefined) throw new Error(object.reason)
  if (object instanceof Namespace)
    return orElse(object.names.get(name), () => missing(object, name))
  const found = method(object, name) ?? (isDict(object) ? object.get(name) : undefined)
  return orElse(found, () => missing(object, name))
}

/**
 * `object[key]`: a dict's item, an element or a character, else an attribute.
 *
 * @throws Error if the object is undefined
 */
export function item(object: Value, key: Value): Value {
  if (object instanceof Undefined) throw new Error(object.reason)
  if (isDict(object)) {
    const found = object.get(key)
    if (found !== undefined) return found
  }
  if (typeof key === 'number' && (isList(object) || typeof object === 'string'))
    return orElse(
      iterate(object).at(key),
      () => new Undefined(`${typeName(object)} object has no element ${key}`),
    )
  return typeof key === 'string' ? attribute(object, key) : missing(object, represent(key))
}

function missing(object: Value, name: string): Undefined {
  const owner = object === null ? 'None' : `'${typeName(object)} object'`
  return new Undefined(`${owner} has no attribute '${name}'`)
}

/** Changing a list or a dict: templates of transformers may not. */
const UNSAFE = {
  list: ['append', 'clear', 'extend', 'insert', 'pop', 'remove', 'reverse', 'sort'],
  dict: ['clear', 'pop', 'popitem', 'setdefault', 'update'],
}

function method(object: Value, name: string): Value | undefined {
  if (typeof object === 'string') return bound(object, STRING_METHODS, name)
  const kind = isDict(object) ? 'dict' : isList(object) ? 'list' : undefined
  if (kind === undefined) return undefined
  if (UNSAFE[kind].includes(name))
    return new Undefined(`access to attribute '${name}' of '${kind}' object is unsafe`)
  return isDict(object)
    ? bound(object, DICT_METHODS, name)
    : bound(object as readonly Value[], LIST_METHODS, name)
}

type Method<Owner> = (
  owner: Owner,
  positional: readonly Value[],
  named: ReadonlyMap<string, Value>,
) => Value

type Methods<Owner> = ReadonlyMap<string, Method<Owner>>

function bound<Owner>(owner: Owner, methods: Methods<Owner>, name: string): Callable | undefined {
  const found = methods.get(name)
  return found && ((positional, named) => found(owner, positional, named))
}

const DICT_METHODS: Methods<Dict> = new Map<string, Method<Dict>>([
  [
    'get',
    (dict, positional, named) => {
      const [key, fallback = null] = bindArguments(['key', 'default'], positional, named)
      return orElse(dict.get(key as Value), () => fallback)
    },
  ],
  ['items', (dict) => [...dict].map((entry) => tuple(...entry))],
  ['keys', (dict) => [...dict.keys()]],
  ['values', (dict) => [...dict.values()]],
  ['copy', (dict) => new Map(dict)],
])

const LIST_METHODS: Methods<readonly Value[]> = new Map<string, Method<readonly Value[]>>([
  ['count', (list, [value]) => list.filter((other) => isEqual(value, other)).length],
  [
    'index',
    (list, [value]) => {
      const found = list.findIndex((other) => isEqual(value, other))
      if (found < 0) throw new Error(`${represent(value)} is not in list`)
      return found
    },
  ],
  ['copy', (list) => [...list]],
])

const stripping =
  (side: Side) =>
  (text: string, positional: readonly Value[]): Value =>
    strip(text, side, optionalText(positional[0]))

const splitting =
  (how: typeof split): Method<string> =>
  (text, positional, named) => {
    const [separator, limit] = bindArguments(['sep', 'maxsplit'], positional, named)
    return how(text, optionalText(separator), integerArgument(limit, -1))
  }

const beginning =
  (test: 'startsWith' | 'endsWith') =>
  (text: string, [part]: readonly Value[]): Value =>
    part instanceof Tuple
      ? part.some((one) => text[test](textArgument(one)))
      : text[test](textArgument(part))

const finding =
  (how: 'indexOf' | 'lastIndexOf') =>
  (text: string, [part]: readonly Value[]): Value => {
    const found = text[how](textArgument(part))
    return found < 0 ? found : lengthOf(text.slice(0, found))
  }

const matching =
  (pattern: RegExp) =>
  (text: string): Value =>
    pattern.test(text)

const STRING_METHODS: Methods<string> = new Map<string, Method<string>>([
  ['strip', stripping('both')],
  ['lstrip', stripping('start')],
  ['rstrip', stripping('end')],
  ['split', splitting(split)],
  ['rsplit', splitting(splitFromEnd)],
  ['splitlines', (text) => splitLines(text)],
  ['upper', (text) => text.toUpperCase()],
  ['lower', (text) => text.toLowerCase()],
  ['capitalize', capitalize],
  ['title', title],
  ['startswith', beginning('startsWith')],
  ['endswith', beginning('endsWith')],
  ['find', finding('indexOf')],
  ['rfind', finding('lastIndexOf')],
  ['count', (text, [part]) => text.split(textArgument(part)).length - 1],
  [
    'replace',
    (text, positional, named) => {
      const [old, by, count] = bindArguments(['old', 'new', 'count'], positional, named)
      return replace(text, textArgument(old), textArgument(by), integerArgument(count, -1))
    },
  ],
  ['join', (text, [list]) => iterate(list).map(textArgument).join(text)],
  ['format', formatBraces],
  [
    'removeprefix',
    (text, [part]) =>
      text.startsWith(textArgument(part)) ? text.slice(textArgument(part).length) : text,
  ],
  [
    'removesuffix',
    (text, [part]) =>
      text.endsWith(textArgument(part))
        ? text.slice(0, text.length - textArgument(part).length)
        : text,
  ],
  ['isdigit', matching(/^\p{Nd}+$/u)],
  ['isalpha', matching(/^\p{L}+$/u)],
  ['isalnum', matching(/^[\p{L}\p{N}]+$/u)],
  ['isspace', (text) => text !== '' && strip(text, 'both') === ''],
  ['isupper', (text) => text === text.toUpperCase() && text !== text.toLowerCase()],
  ['islower', (text) => text === text.toLowerCase() && text !== text.toUpperCase()],
])
