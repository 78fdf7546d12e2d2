# Deploy.ps1 with slots: check, install, upgrade, rollback and removal, once in each PowerShell.
$Service = 'HelloService'
Register-ServiceCleanup
$Manifest = { param($Text) $Text + "`n[deploy]`n[deploy.firewall]`nremote = [`"LocalSubnet`"]`n" }
$First = Join-Path (Expand-Zip (New-Release '1.0.0' $Manifest).HandOver) 'Deploy.ps1'
$Second = Join-Path (Expand-Zip (New-Release '1.1.0' $Manifest).HandOver) 'Deploy.ps1'
Register-Deployment $Second

function Get-ImagePath { [string](Get-ItemProperty -LiteralPath "HKLM:\SYSTEM\CurrentControlSet\Services\$Service").ImagePath }
function Invoke-Action {
    param([string] $Script, [string[]] $Words, [int] $Expect = 0)
    $Output = Invoke-Script $Shell $Script $Words
    Assert-That ($LASTEXITCODE -eq $Expect) "$Shell $Words ends with $Expect" "$LASTEXITCODE"
    return $Output
}

foreach ($Shell in Get-Shell) {
    Write-Host "## $Shell"
    Invoke-Script $Shell $First @('Check') | Out-Null
    Confirm-That ($LASTEXITCODE -in 0, 3) 'Check comes to a verdict' "$LASTEXITCODE"
    Invoke-Action $First @('Install') | Out-Null
    Confirm-Equal (Get-Answer 8080) 200 'the service answers'
    Confirm-That (Get-ImagePath).StartsWith('"') 'the image path is quoted' (Get-ImagePath)
    Confirm-That ([bool](Get-NetFirewallRule -Name 'hello-service-HelloService-http' -ErrorAction SilentlyContinue)) 'the firewall rule is there'
    $Result = Invoke-Action $First @('Install', '-Json') | ConvertFrom-Json
    Confirm-That ($Result.changes -eq 0) 'a second run changes nothing' ($Result.steps | Out-String)
    Invoke-Action $Second @('Upgrade') | Out-Null
    Confirm-Equal (Get-Version 8080) '1.1.0' 'the new version runs'
    Invoke-Action $Second @('Rollback') | Out-Null
    Confirm-Equal (Get-Version 8080) '1.0.0' 'the old version runs again'
    Invoke-Action $Second @('Collect') | Out-Null
    Invoke-Action $Second @('Uninstall', '-Purge') | Out-Null
    Confirm-That (-not (Test-Service $Service)) 'the service is gone'
    foreach ($Root in $env:ProgramFiles, $env:ProgramData) {
        Confirm-That (-not (Test-Path -LiteralPath (Join-Path $Root 'Hello Service'))) "nothing is left in $Root"
    }
}
