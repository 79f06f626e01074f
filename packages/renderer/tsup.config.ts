import { library } from '@icrl/tsup-config'

export default library(['src/index.ts', 'src/files.ts', 'src/no-files.ts'], ['#files'])
