# An ordinary account of this machine gets the right to log on as a service, once, and the service runs as it.
$Account = 'gorelease-test'
Register-ServiceCleanup
Register-Cleanup 'the account' { if (Get-LocalUser -Name 'gorelease-test' -ErrorAction SilentlyContinue) { Remove-LocalUser -Name 'gorelease-test' } }
$Release = New-Release '1.2.3' { param($Text) $Text.Replace('name = "HelloService"', "name = `"HelloService`"`naccount = '.\gorelease-test'") }
$Folder = Expand-Zip $Release.Zip
$Password = ConvertTo-SecureString ([Guid]::NewGuid().ToString() + 'Aa1!') -AsPlainText -Force
New-LocalUser -Name $Account -Password $Password | Out-Null
$Credential = New-Object PSCredential(".\$Account", $Password)

# -File takes no credential, so that these run in this PowerShell.
& (Join-Path $Folder 'install.ps1') -Port http=18080 -Credential $Credential | Out-Host
Assert-That ($LASTEXITCODE -eq 0) 'install.ps1 with an account ends well'
Confirm-Equal (Get-Answer 18080) 200 'the service answers'
Confirm-Equal (Get-CimInstance -ClassName Win32_Service -Filter "Name='HelloService'").StartName ".\$Account" 'it runs as that account'
$Again = [string]::Join("`n", @(& (Join-Path $Folder 'install.ps1') -Port http=18080 -Credential $Credential))
Confirm-That ($Again -match 'nothing had to be changed') 'a second run changes nothing' $Again
# A group policy that lists the holders of the right takes it back at the next refresh: a start after that must work.
& gpupdate.exe /force | Out-Null
Restart-Service -Name 'HelloService'
Confirm-Equal (Get-Answer 18080) 200 'it starts after the policies were applied again'
& (Join-Path $Folder 'uninstall.ps1') -Purge | Out-Host
Confirm-That ($LASTEXITCODE -eq 0) 'uninstall.ps1 ends well'
