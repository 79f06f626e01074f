import { library } from '@icrl/tsup-config'

export default library(
  ['src/index.ts', 'src/node.ts', 'src/files.ts', 'src/no-files.ts'],
  ['#files'],
)
