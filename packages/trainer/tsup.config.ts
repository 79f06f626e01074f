import { library } from '@icrl/tsup-config'

export default library(
  ['src/index.ts', 'src/node.ts', 'src/run/open-run-folder.ts', 'src/run/no-run-folder.ts'],
  ['#open-run-folder'],
)
