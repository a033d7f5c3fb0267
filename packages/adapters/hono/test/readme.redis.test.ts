import { readmeContract } from '@tiercel/http-contract'

readmeContract(import.meta.url)
