layer = "arn:aws:lambda:eu-west-1:753240598075:layer:LambdaAdapterLayerArm64:30"
findings = check_readiness(AccountReadiness(region="eu-west-1", adapter_layers={layer: "the layer version does not exist"}))
