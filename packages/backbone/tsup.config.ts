import { library } from '@icrl/tsup-config'

export default library(['src/index.ts', 'src/node.ts', 'src/no-node.ts'], ['#node'])
