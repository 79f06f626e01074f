import { BaseSequencer } from 'vitest/node'
import type { TestSpecification } from 'vitest/node'
import type { ViteUserConfig } from 'vitest/config'

const testsOf = (folder: string): string[] => [
  `${folder}/src/**/*.test.ts`,
  `${folder}/test/**/*.test.ts`,
]
const builtOrForeign = ['**/node_modules/**', '**/dist/**']

/**
 * Packages whose test files leave nothing behind that another one could meet: no mock of a module,
 * no environment variable, and whoever needs a backend of TensorFlow.js sets it. One process runs
 * many of their files and loads the sources once; every other file has a process of its own.
 */
const shared = [
  ...[
    'advantage',
    'calibration',
    'core',
    'critic',
    'engines',
    'environments',
    'evaluators',
    'gateway',
    'methods',
    'objective',
    'recipes',
    'renderer',
    'report',
    'rollout',
    'serve',
  ].flatMap((name) => testsOf(`packages/${name}`)),
  'packages/cli/src/**/*.test.ts',
  'packages/trainer/src/**/*.test.ts',
  'packages/verify/src/**/*.test.ts',
  // These two mock a module.
  'packages/trainer/test/!(write-failures).test.ts',
  'packages/verify/test/!(hostile).test.ts',
  // This one replaces kernels of a backend.
  'packages/tfjs-ops/src/**/!(wasm-kernels).test.ts',
  // These choose among backends, or measure all the memory there is.
  'packages/backbone/src/**/!(select-backend|peak-memory|plan-memory).test.ts',
  // The second of these needs the very backend that it registered, not another file's.
  'packages/tfjs-native/src/**/!(native-cpu-backend|register-native-cuda).test.ts',
  'examples/quickstart/src/!(main|same-bytes).test.ts',
  'examples/experiments/src/**/*.test.ts',
  'examples/agentic-tiny/src/!(main).test.ts',
  'bench/src/**/*.test.ts',
]

/** Files that take longest, which nothing knows before they have run once. */
const longest = [
  'examples/quickstart/src/same-bytes.test.ts',
  'examples/quickstart/src/main.test.ts',
  'packages/cli/test/train-command.test.ts',
  'packages/trainer/test/write-failures.test.ts',
]

/**
 * Long files first, so that all workers end together, and files that share a process last and side
 * by side: a process is kept only where the next file in the queue may use it too.
 */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification): number => {
      if (!project.config.isolate) return longest.length + 1
      const place = longest.findIndex((name) => moduleId.endsWith(name))
      return place < 0 ? longest.length : place
    }
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}

const config: ViteUserConfig = {
  resolve: { conditions: ['@icrl/source', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['@icrl/source', 'node', 'import', 'default'] } },
  test: {
    pool: 'forks',
    experimental: { fsModuleCache: true },
    maxWorkers: 2,
    env: { ICRL_THREADS: '1' },
    // For what hangs: no measure of time, since a busy machine takes many times as long.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'own process',
          include: [
            ...testsOf('packages/*'),
            'examples/*/**/*.test.ts',
            'scripts/**/*.test.ts',
            'bench/src/**/*.test.ts',
          ],
          exclude: [...builtOrForeign, ...shared],
        },
      },
      {
        extends: true,
        test: {
          name: 'shared process',
          include: shared,
          exclude: builtOrForeign,
          isolate: false,
        },
      },
    ],
  },
}

export default config
