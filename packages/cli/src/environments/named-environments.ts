import { readFile } from 'node:fs/promises'
import { type Environment, IcrlError } from '@icrl/core'
import {
  arithmetic,
  bm25Retriever,
  type Catalog,
  countdown,
  type CraftingTree,
  generateCorpus,
  household,
  listedProblems,
  math,
  maze,
  type ProblemSource,
  readRecipes,
  searchqa,
  shop,
  textcraft,
  wordle,
} from '@icrl/environments'
import {
  decodeText,
  readCatalogFiles,
  readCorpus,
  readJson,
  readMathProblems,
} from '@icrl/environments/node'
import {
  type HttpApp,
  alfworldApp,
  lmrlgymApp,
  retrieverApp,
  searchqaApp,
  textcraftApp,
  webshopApp,
} from '@icrl/environments/server'
import type { EnvironmentData } from './environment-data.ts'
import { gamesIn } from './household-games.ts'
import { searchDataIn } from './search-data.ts'

/** An environment, and its reference answers if it has any. */
export interface NamedEnvironment {
  readonly environment: Environment
  /**
   * Identical actions in a row that end an attempt; set if ICRL's three would cut off good play.
   */
  readonly maxRepeatedActions?: number
  /** Used to find critiques that give a task's answer away. */
  readonly answersOf?: (
    taskId: string,
  ) => { readonly answers: readonly string[]; readonly question: string } | undefined
}

/** Environments the command line knows, with generated data if none is given. */
export const namedEnvironments: Readonly<
  Record<string, (data: EnvironmentData) => Promise<NamedEnvironment>>
> = {
  household: async (data) => ({
    environment: household({ games: await gamesIn(data), listActions: true }),
  }),
  textcraft: async (data) => ({ environment: textcraft({ tree: treeIn(data) }) }),
  wordle: async (data) => ({ environment: wordle({ words: await wordsIn(data) }) }),
  maze: async () => ({ environment: maze(), maxRepeatedActions: Infinity }),
  searchqa: searchEnvironment,
  shop: async (data) => ({ environment: shop({ catalog: catalogIn(data) }) }),
  math: mathEnvironment,
  countdown: async () => ({ environment: countdown() }),
}

/** Flags of `icrl serve-env`, apart from the data. */
export interface ServeData extends EnvironmentData {
  /** Household: also serve `/close`, which the original does not have. */
  readonly close?: boolean
}

/**
 * The environments as servers with AgentGym's protocol; Wordle and the maze share a server, as in
 * LMRL-Gym. `retriever` speaks Search-R1's `/retrieve`.
 */
export const namedApps: Readonly<Record<string, (data: ServeData) => Promise<HttpApp>>> = {
  household: async (data) => alfworldApp({ games: await gamesIn(data), close: data.close }),
  textcraft: async (data) => textcraftApp({ tree: treeIn(data) }),
  wordle: async (data) => lmrlgymApp({ words: await wordsIn(data) }),
  maze: async (data) => lmrlgymApp({ words: await wordsIn(data) }),
  searchqa: async (data) => {
    const { retriever, questions } = await searchDataIn(data)
    const all = [...questions.train, ...questions.test]
    return searchqaApp({ retriever, question: (item) => all[item] })
  },
  shop: async (data) => webshopApp({ catalog: catalogIn(data) }),
  retriever: async ({ corpus }) =>
    retrieverApp(
      bm25Retriever(corpus === undefined ? generateCorpus().passages : await readCorpus(corpus)),
    ),
}

async function searchEnvironment(data: EnvironmentData): Promise<NamedEnvironment> {
  const { retriever, questions } = await searchDataIn(data)
  const byId = new Map(
    [...questions.train, ...questions.test].map((question) => [question.id, question]),
  )
  return {
    environment: searchqa({ retriever, questions }),
    answersOf: (id) => {
      const found = byId.get(id)
      return found && { answers: found.golds, question: found.question }
    },
  }
}

async function mathEnvironment(data: EnvironmentData): Promise<NamedEnvironment> {
  const problems = await problemsIn(data)
  return {
    environment: math({ problems }),
    answersOf: (id) => {
      const found = problems.problem(id)
      return found && { answers: [found.answer], question: found.question }
    },
  }
}

function treeIn({ recipes }: EnvironmentData): CraftingTree | undefined {
  if (recipes === undefined) return undefined
  const files = readJson(recipes)
  if (typeof files !== 'object' || files === null || Array.isArray(files))
    throw new IcrlError(`${recipes}: not an object of recipe files.`, {
      code: 'corrupt-file',
      remedy: 'Give Minecraft’s recipes as one JSON object, file name to content.',
    })
  return readRecipes(files as Record<string, unknown>)
}

function catalogIn({ catalog, attributes, instructions }: EnvironmentData): Catalog | undefined {
  if (catalog === undefined && attributes === undefined) return undefined
  if (catalog === undefined || attributes === undefined)
    throw new IcrlError(
      `shop: ${catalog === undefined ? 'attributes without a catalog' : 'a catalog without attributes'}.`,
      { code: 'invalid-option', remedy: 'Give both: --catalog FILE --attributes FILE.' },
    )
  return readCatalogFiles({ products: catalog, attributes, instructions })
}

async function wordsIn({ words }: EnvironmentData): Promise<string[] | undefined> {
  if (words === undefined) return undefined
  const bytes = await readFile(words).catch((cause: unknown) => {
    throw new IcrlError(`${words}: cannot be read.`, {
      code: 'missing-file',
      remedy: 'Give a file with one word per line.',
      cause,
    })
  })
  return decodeText(bytes, words)
    .split(/[\s",[\]]+/)
    .filter((word) => word !== '')
}

/** The problems the data names, or generated arithmetic. */
export async function problemsIn({
  problems,
  testProblems,
}: EnvironmentData): Promise<ProblemSource> {
  if (problems === undefined && testProblems === undefined) return arithmetic()
  const read = async (path: string | undefined): ReturnType<typeof readMathProblems> =>
    path === undefined ? [] : readMathProblems(path)
  return listedProblems({ train: await read(problems), test: await read(testProblems) })
}
