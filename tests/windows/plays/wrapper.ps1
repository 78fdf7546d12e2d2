# A finished executable below the wrapper, with a firewall rule: the rule must name the program that listens.
$Service = 'HelloService'
Register-ServiceCleanup
$Release = New-Release '1.0.0' {
    param($Text)
    $Text.Replace('name = "HelloService"', "name = `"HelloService`"`nhost = `"wrapper`"") + "`n[deploy]`n[deploy.firewall]`nremote = [`"LocalSubnet`"]`n"
}
$HandOver = Expand-Zip $Release.HandOver
$Deploy = Join-Path $HandOver 'Deploy.ps1'
Register-Deployment $Deploy

Invoke-Script @(Get-Shell)[0] $Deploy @('Install') | Out-Null
Assert-That ($LASTEXITCODE -eq 0) 'Install ends well'
Confirm-Equal (Get-Answer 8080) 200 'the program below the wrapper answers'
$Listener = Get-NetTCPConnection -State Listen -LocalPort 8080 | Select-Object -First 1
$Image = (Get-Process -Id $Listener.OwningProcess).Path
$Rule = Get-NetFirewallRule | Where-Object { $_.Name -like 'hello-service-*' } | Select-Object -First 1
Assert-That ([bool]$Rule) 'the firewall rule is there'
Confirm-Equal ($Rule | Get-NetFirewallApplicationFilter).Program $Image 'the rule names the program that listens'

Stop-Service -Name $Service
$Log = Join-Path $env:ProgramData 'Hello Service\logs\HelloService.log'
Confirm-That (Select-String -LiteralPath $Log -SimpleMatch 'stopping: requests under way are answered first' -Quiet) 'the program was asked to stop'
Confirm-That (Wait-Until { @(Get-Process -Name 'hello-service*' -ErrorAction SilentlyContinue).Count -eq 0 } 10) 'no process is left'
