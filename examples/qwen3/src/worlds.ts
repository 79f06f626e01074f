import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Environment } from '@icrl/core'
import { household, searchqa, type SearchQuestion, shop } from '@icrl/environments'
import {
  agentgymEnvironment,
  alfworldDialect,
  type Dialect,
  itemRange,
  remoteRetriever,
  sciworldDialect,
  searchqaDialect,
  webshopDialect,
} from '@icrl/environments/client'
import {
  householdGames,
  readAgentgymTasks,
  readCatalogFiles,
  readMappedGames,
  readSearchQuestions,
} from '@icrl/environments/node'
import { cloneCommand, inData } from './data-folder.ts'
import { fileNeed, type Need, serverNeed } from './needs.ts'

/** An environment with the tasks to train on and the sets to evaluate. */
export interface World {
  readonly environment: Environment
  readonly train: readonly string[]
  readonly sets: Readonly<Record<string, readonly string[]>>
}

/** Where a world comes from. */
export interface WorldSource {
  /** What it takes. */
  readonly needs: readonly Need[]
  /** Names of the sets to evaluate. */
  readonly sets: readonly string[]
  open(): Promise<World>
}

export type WorldName = 'alfworld' | 'webshop' | 'searchqa' | 'sciworld'

/** Worlds that this project can generate; of ScienceWorld there is only the original. */
export const GENERATED: Readonly<Record<Exclude<WorldName, 'sciworld'>, () => WorldSource>> = {
  alfworld: () => ownWorld('alfworld', household({ listActions: true })),
  webshop: () => ownWorld('webshop', shop()),
  searchqa: () => ownWorld('searchqa', searchqa()),
}

/** The four environments of the paper: on AgentGym servers, of real files, or generated. */
export const WORLDS: Readonly<Record<WorldName, () => WorldSource>> = {
  alfworld: () =>
    chosen('alfworld', {
      servers: (servers) => onServers(alfworldDialect, servers, {}),
      files: alfworldFiles,
      generated: GENERATED.alfworld,
    }),
  webshop: () =>
    chosen('webshop', {
      servers: (servers) => onServers(webshopDialect, servers, listed('webshop')),
      files: webshopFiles,
      generated: GENERATED.webshop,
    }),
  searchqa: () =>
    chosen('searchqa', {
      servers: searchServers,
      files: searchFiles,
      generated: GENERATED.searchqa,
    }),
  sciworld: () =>
    chosen('sciworld', {
      servers: (servers) => onServers(sciworldDialect, servers, listed('sciworld')),
    }),
}

/** How a world may be had; without servers and files there are the servers of AgentGym alone. */
interface Ways {
  readonly servers: (servers: readonly string[]) => WorldSource
  readonly files?: () => WorldSource
  readonly generated?: () => WorldSource
}

/** Address of an AgentGym server that was started by the command that a run names. */
const PORTS: Readonly<Record<WorldName, number>> = {
  alfworld: 36_001,
  webshop: 36_011,
  searchqa: 36_021,
  sciworld: 36_031,
}

/** By `ICRL_ALFWORLD` and alike: addresses between commas, `generated`, or where absent files. */
function chosen(name: WorldName, { servers, files, generated }: Ways): WorldSource {
  const value = process.env[variableOf(name)]
  if (value === 'generated' && generated) return generated()
  if (value) return servers(value.split(',').map((url) => url.trim()))
  return files?.() ?? servers([`http://127.0.0.1:${PORTS[name]}`])
}

function variableOf(name: string): string {
  return `ICRL_${name.toUpperCase()}`
}

/** Commands that start AgentGym's own server, and the settings that lead to it. */
function serverCommands(name: WorldName): string[] {
  const folder = inData('AgentGym', `agentenv-${name}`)
  return [
    cloneCommand('WooooDyy/AgentGym'),
    `cd ${folder} && bash setup.sh && ${name} --host 127.0.0.1 --port ${PORTS[name]}`,
    `export ${variableOf(name)}=http://127.0.0.1:${PORTS[name]}   # or several, between commas`,
  ]
}

/** Lists of AgentGym's items, as the authors publish them. */
interface Lists {
  readonly train?: readonly string[]
  readonly test?: readonly string[]
}

function listed(name: WorldName): Lists {
  const places = (split: 'train' | 'test'): string[] =>
    [inData('agentgym'), inData('ICRL', 'data', 'agentgym')].map((folder) =>
      join(folder, split, `${name}_${split}.jsonl`),
    )
  return { train: places('train'), test: places('test') }
}

/** The first of several files that is there, or the first. */
function firstOf(files: readonly string[]): string {
  return files.find(existsSync) ?? files[0]
}

function onServers(
  dialect: Dialect,
  servers: readonly string[],
  { train, test }: Lists,
): WorldSource {
  const name = dialect.name as WorldName
  const list = (split: string, files?: readonly string[]): Need[] =>
    files ? [fileNeed(`the list of ${split} tasks`, files, [cloneCommand('brick-pid/ICRL')])] : []
  return {
    sets: [name],
    needs: [
      serverNeed(`AgentGym’s server of ${name}`, servers, serverCommands(name)),
      ...list('training', train),
      ...list('test', test),
    ],
    open: async () => {
      const own = dialect.tasks()
      const tasks = {
        train: train ? await readAgentgymTasks(firstOf(train)) : own.train,
        test: test ? await readAgentgymTasks(firstOf(test)) : own.test,
      }
      return {
        environment: agentgymEnvironment(dialect, { servers, tasks }),
        train: tasks.train,
        sets: { [name]: tasks.test },
      }
    },
  }
}

async function worldOf(name: string, environment: Environment): Promise<World> {
  return {
    environment,
    train: await environment.taskIds('train'),
    sets: { [name]: await environment.taskIds('test') },
  }
}

function ownWorld(name: string, environment: Environment): WorldSource {
  return { needs: [], sets: [name], open: () => worldOf(name, environment) }
}

/** ALFWorld's games, in the order of AgentGym's numbers, played by this project's interpreter. */
function alfworldFiles(): WorldSource {
  const data = process.env.ALFWORLD_DATA || join(homedir(), '.cache', 'alfworld')
  const games = {
    train: join(data, 'json_2.1.1', 'train'),
    test: join(data, 'json_2.1.1', 'valid_train'),
  }
  const mappings = (split: 'train' | 'test'): string[] => [
    inData('envs', `alfworld_mappings_${split}.json`),
    inData('AgentGym', 'agentenv-alfworld', 'configs', `mappings_${split}.json`),
  ]
  const bring = [
    'pip install alfworld==0.3.3 && alfworld-download   # into $ALFWORLD_DATA, default ~/.cache/alfworld',
    'or AgentGym’s server:',
    ...serverCommands('alfworld'),
    `or generated games: export ${variableOf('alfworld')}=generated`,
  ]
  return {
    sets: ['alfworld'],
    needs: [
      fileNeed('ALFWorld’s games', [games.train], bring),
      ...(['train', 'test'] as const).map((split) =>
        fileNeed(`AgentGym’s numbers of the ${split} games`, mappings(split), [
          cloneCommand('WooooDyy/AgentGym'),
        ]),
      ),
    ],
    open: async () =>
      worldOf(
        'alfworld',
        household({
          listActions: true,
          games: householdGames({
            train: readMappedGames(games.train, firstOf(mappings('train'))),
            test: readMappedGames(games.test, firstOf(mappings('test'))),
          }),
        }),
      ),
  }
}

/** WebShop's catalog of 1,000 products, in this project's shop. */
function webshopFiles(): WorldSource {
  const places = (file: string): string[] => [
    inData('webshop', file),
    inData('AgentGym', 'agentenv-webshop', 'webshop', 'data', file),
  ]
  const products = places('items_shuffle_1000.json')
  const attributes = places('items_ins_v2_1000.json')
  const bring = [
    ...serverCommands('webshop'),
    `or the files alone, into ${inData('webshop')}; or a generated catalog: export ${variableOf('webshop')}=generated`,
  ]
  return {
    sets: ['webshop'],
    needs: [
      fileNeed('WebShop’s products', products, bring),
      fileNeed('attributes of WebShop’s products', attributes, bring),
    ],
    open: async () =>
      worldOf(
        'webshop',
        shop({
          test: 200,
          catalog: readCatalogFiles({
            products: firstOf(products),
            attributes: firstOf(attributes),
          }),
        }),
      ),
  }
}

/** The four sets of questions that the paper evaluates. */
const QUESTION_SETS: Readonly<Record<string, { readonly own: string; readonly flashrag: string }>> =
  {
    hotpotqa: { own: 'hotpotqa_dev_qa.jsonl', flashrag: 'hotpotqa/dev.jsonl' },
    '2wikimultihopqa': { own: '2wiki_dev_qa.jsonl', flashrag: '2wikimultihopqa/dev.jsonl' },
    bamboogle: { own: 'bamboogle.jsonl', flashrag: 'bamboogle/test.jsonl' },
    musique: { own: 'musique_dev_qa.jsonl', flashrag: 'musique/dev.jsonl' },
  }

function searchServers(servers: readonly string[]): WorldSource {
  const { test = [] } = listed('searchqa')
  const { needs } = onServers(searchqaDialect, servers, { test })
  return {
    needs,
    sets: Object.keys(QUESTION_SETS),
    open: async () => {
      // Natural Questions and HotpotQA.
      const train = itemRange(51_713, 221_328)
      const sets: Record<string, readonly string[]> = {}
      for (const name of Object.keys(QUESTION_SETS))
        sets[name] = await readAgentgymTasks(firstOf(test), name)
      return {
        environment: agentgymEnvironment(searchqaDialect, {
          servers,
          tasks: { train, test: Object.values(sets).flat() },
        }),
        train,
        sets,
      }
    },
  }
}

/** Questions of FlashRAG and a retrieval server with Search-R1's protocol. */
function searchFiles(): WorldSource {
  const retriever = process.env.ICRL_RETRIEVER || 'http://127.0.0.1:8000'
  const questions = (own: string, flashrag: string): string[] => [
    inData('qa', own),
    inData('flashrag', ...flashrag.split('/')),
  ]
  const train = questions('hotpotqa_train_qa.jsonl', 'hotpotqa/train.jsonl')
  const bring = [
    `hf download RUC-NLPIR/FlashRAG_datasets --repo-type dataset --local-dir ${inData('flashrag')} --include "hotpotqa/*" "2wikimultihopqa/dev*" "bamboogle/*" "musique/dev*"`,
  ]
  return {
    sets: Object.keys(QUESTION_SETS),
    needs: [
      serverNeed(
        'a retrieval server with Search-R1’s /retrieve',
        [retriever],
        [
          'the whole Wikipedia of 2018: see “Search QA” in docs/papers-experiments.md',
          'or a corpus of yours: npx icrl serve-env retriever --corpus FILE --port 8000',
          'export ICRL_RETRIEVER=http://127.0.0.1:8000',
          'or AgentGym’s server:',
          ...serverCommands('searchqa'),
          `or a generated corpus: export ${variableOf('searchqa')}=generated`,
        ],
      ),
      fileNeed('questions to train on', train, bring),
      ...Object.entries(QUESTION_SETS).map(([name, { own, flashrag }]) =>
        fileNeed(`questions of ${name}`, questions(own, flashrag), bring),
      ),
    ],
    open: async () => {
      const read = async (files: readonly string[]): Promise<SearchQuestion[]> =>
        readSearchQuestions(firstOf(files))
      const trained = await read(train)
      const tested: Record<string, readonly SearchQuestion[]> = {}
      for (const [name, { own, flashrag }] of Object.entries(QUESTION_SETS))
        tested[name] = await read(questions(own, flashrag))
      return {
        environment: searchqa({
          retriever: remoteRetriever(retriever),
          questions: { train: trained, test: Object.values(tested).flat() },
        }),
        train: trained.map(({ id }) => id),
        sets: Object.fromEntries(
          Object.entries(tested).map(([name, own]) => [name, own.map(({ id }) => id)]),
        ),
      }
    },
  }
}
