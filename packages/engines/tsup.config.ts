import { library } from '@icrl/tsup-config'

export default library(['src/index.ts', 'src/tinker-server/index.ts'])
