import { solverPrompt } from '@icrl/critic'
import { IcrlError, isIcrlError, type QuestionTask } from '@icrl/core'
import { singleTurn } from '@icrl/rollout'
import { findNodeAtLocation, parseTree, type Node, type ParseError } from 'jsonc-parser'
import { checkConfig, type Locate } from './check-config.ts'
import type { RunConfig } from './define-run.ts'
import { jsonMistake } from './json-syntax.ts'
import { namedMethods, namedVerifiers, partCalled } from './named-methods.ts'
import { jsonConfigSchema } from './run-config-schema.ts'

/** A configuration that fits the JSON schema. */
type JsonConfig = Omit<RunConfig<QuestionTask>, 'recipe'> & {
  readonly $schema?: string
  readonly method: { readonly name: string }
  readonly task: {
    readonly verifier: string
    readonly instructions?: string
    readonly contextTokens?: number
  }
}

/**
 * A run from a JSON configuration (comments allowed): questions with answers from files or
 * data sets of the hub, one answer per attempt, judged by a verifier of `@icrl/verify`, trained by a method of
 * `@icrl/recipes`.
 *
 * @throws `corrupt-file` or `invalid-option`, with line numbers
 */
export function jsonRunConfig(text: string, file: string): RunConfig<QuestionTask> {
  const errors: ParseError[] = []
  const tree = parseTree(text, errors, { allowTrailingComma: true })
  if (errors.length > 0 || !tree) throw syntaxError(text, file, errors[0])
  const locate = locator(text, tree)
  const {
    $schema: _,
    method,
    task,
    ...common
  } = checkConfig(jsonConfigSchema, valueOf(tree), file, locate) as unknown as JsonConfig
  const { name, ...options } = method
  const attempt = singleTurn<QuestionTask>({
    prompt: solverPrompt({ instructions: task.instructions }),
    verifier: inFile(file, ['task', 'verifier'], locate, () =>
      partCalled('task.verifier', namedVerifiers, task.verifier),
    ),
    contextTokens: task.contextTokens,
  })
  const make = inFile(file, ['method', 'name'], locate, () =>
    partCalled('method.name', namedMethods, name),
  )
  return {
    ...common,
    recipe: () => inFile(file, ['method'], locate, () => make({ ...options, attempt })),
  }
}

/** Makes a part of the configuration. An error about an option of it says where that stands. */
function inFile<Part>(
  file: string,
  path: readonly string[],
  locate: Locate,
  make: () => Part,
): Part {
  try {
    return make()
  } catch (cause) {
    if (!isIcrlError(cause, 'invalid-option')) throw cause
    const { option, remedy } = cause
    const place = option === undefined ? path : [...path, ...option.split('.')]
    // The place says more than the part's own name in front.
    const what = cause.message
      .slice(0, -remedy.length)
      .trimEnd()
      .replace(/^[\w.-]+: /, '')
    throw new IcrlError(`${file}: ${place.join('.')}, ${locate(place)}: ${what}`, {
      code: 'invalid-option',
      remedy,
      cause,
    })
  }
}

function syntaxError(text: string, file: string, error: ParseError | undefined): IcrlError {
  const what = error
    ? `line ${lineAt(text, error.offset)}: ${jsonMistake(text, error)}`
    : 'the file is empty'
  return new IcrlError(`${file}, ${what}.`, { code: 'corrupt-file', remedy: 'Fix the JSON.' })
}

function locator(text: string, tree: Node): Locate {
  return (path) => {
    for (let length = path.length; length > 0; length--) {
      const node = findNodeAtLocation(tree, path.slice(0, length) as (string | number)[])
      if (node)
        return `line ${lineAt(text, node.parent?.type === 'property' ? node.parent.offset : node.offset)}`
    }
    return undefined
  }
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}

function valueOf(node: Node): unknown {
  if (node.type === 'array') return (node.children ?? []).map(valueOf)
  if (node.type === 'object')
    return Object.fromEntries(
      (node.children ?? []).map(({ children }) => [children![0].value, valueOf(children![1])]),
    )
  return node.value
}
