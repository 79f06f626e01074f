import type { Command } from 'commander'

/**
 * Paths of an environment's data. By default the data is generated. Each environment reads its own
 * fields.
 */
export interface EnvironmentData {
  /** Household: training games of ALFWorld, a folder, a game file or `games.jsonl[.gz]`. */
  readonly games?: string
  /** Household: test games. */
  readonly testGames?: string
  /** Household: AgentGym's mapping of game numbers to the folders below `games` and `testGames`. */
  readonly mapping?: string
  readonly testMapping?: string
  /** TextCraft: Minecraft's recipe files in one JSON object, by file name. */
  readonly recipes?: string
  /** Wordle: words of five letters, one per line or a JSON list. */
  readonly words?: string
  /** Search QA: passages in Search-R1's format, JSONL. */
  readonly corpus?: string
  /** Search QA: address of a retrieval server, instead of a corpus. */
  readonly retriever?: string
  /** Search QA: questions to train on, JSONL. */
  readonly questions?: string
  readonly testQuestions?: string
  /** Shop: WebShop's products, JSON. */
  readonly catalog?: string
  /** Shop: attributes and instructions of the products, JSON. */
  readonly attributes?: string
  /** Shop: instructions written by people, JSON. */
  readonly instructions?: string
  /** Mathematics: problems to train on, JSONL such as GSM8K's or MATH's. */
  readonly problems?: string
  readonly testProblems?: string
}

const OPTIONS: readonly (readonly [flag: string, what: string])[] = [
  [
    '--games <path>',
    'household: ALFWorld’s training games, a folder, game.tw-pddl or games.jsonl[.gz]',
  ],
  ['--test-games <path>', 'household: its test games'],
  ['--mapping <file>', 'household: AgentGym’s mapping of numbers to the training games'],
  ['--test-mapping <file>', 'household: the same for the test games'],
  ['--recipes <file>', 'textcraft: Minecraft’s recipe files in one JSON object'],
  ['--words <file>', 'wordle: words of five letters, one per line or a JSON list'],
  ['--corpus <file>', 'searchqa: passages in Search-R1’s format, JSONL'],
  ['--retriever <url>', 'searchqa: a retrieval server instead of a corpus'],
  ['--questions <file>', 'searchqa: training questions, JSONL'],
  ['--test-questions <file>', 'searchqa: test questions'],
  ['--catalog <file>', 'shop: WebShop’s products, JSON'],
  ['--attributes <file>', 'shop: their attributes and instructions, JSON'],
  ['--instructions <file>', 'shop: instructions written by people, JSON'],
  ['--problems <file>', 'math: training problems, JSONL (the formats of GSM8K, MATH and others)'],
  ['--test-problems <file>', 'math: test problems'],
]

/** Adds the options for the paths of data; generated data needs none. */
export function addDataOptions(command: Command): Command {
  command.optionsGroup('Data (default: generated):')
  for (const [flag, what] of OPTIONS) command.option(flag, what)
  return command.optionsGroup('Options:')
}
