import { library } from '@icrl/tsup-config'

export default library([
  'src/index.ts',
  'src/client/index.ts',
  'src/server/index.ts',
  'src/node/index.ts',
  'src/parquet/index.ts',
])
