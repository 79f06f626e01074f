import { library } from '@icrl/tsup-config'

// The declarations of TensorFlow.js use the global type `Long` and do not say where it is from.
export default library(['src/index.ts'], [], ['long'])
