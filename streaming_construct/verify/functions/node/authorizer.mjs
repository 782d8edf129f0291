// A Lambda authorizer for TOKEN and REQUEST. The token names the result:
//   allow            a policy that allows every method of the stage, with a context
//   deny             a policy that denies every method of the stage
//   other            a policy that names another method
//   malformed        a result that is no policy
//   unauthorized     an error with the message `Unauthorized`
//   anything else    another error

export const handler = async (event) => {
  const token = event.type === 'TOKEN' ? event.authorizationToken : event.headers['X-Token']
  const [stage] = /^(?:[^:]*:){5}[^/]*\/[^/]*/.exec(event.methodArn)
  switch (token) {
    case 'allow': return policy('Allow', `${stage}/*`)
    case 'deny': return policy('Deny', `${stage}/*`)
    case 'other': return policy('Allow', `${stage}/GET/of-another-route`)
    case 'malformed': return { principalId: 'caller' }
    case 'unauthorized': throw new Error('Unauthorized')
    default: throw new Error('the authorizer fails')
  }
}

/** Return the result of an authorizer, with a value of each type in its context. */
function policy (effect, resource) {
  const statement = { Action: 'execute-api:Invoke', Effect: effect, Resource: resource }
  return {
    principalId: 'caller',
    policyDocument: { Version: '2012-10-17', Statement: [statement] },
    context: { text: 'blue', number: 7, flag: true },
  }
}
