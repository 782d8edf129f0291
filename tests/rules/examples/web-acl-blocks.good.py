findings = check_web_acl(WebAcl(name="Edge", blocked=0))
