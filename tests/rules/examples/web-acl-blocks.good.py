found = web_acl_findings(WebAcl(name="Edge", blocked=0))
