# Files that are in use: an upgrade must not fail because an old version cannot be removed.
Register-ServiceCleanup
$Manifest = { param($Text) $Text + "`n[deploy]`n[deploy.rollout]`nkeep-versions = 1`n" }
$Scripts = foreach ($Version in '1.0.0', '2.0.0', '3.0.0') { Join-Path (Expand-Zip (New-Release $Version $Manifest).HandOver) 'Deploy.ps1' }
Register-Deployment $Scripts[2]
$Shell = @(Get-Shell)[0]
Invoke-Script $Shell $Scripts[0] @('Install') | Out-Null
Assert-That ($LASTEXITCODE -eq 0) 'Install of 1.0.0 ends well'
Invoke-Script $Shell $Scripts[1] @('Upgrade') | Out-Null
Assert-That ($LASTEXITCODE -eq 0) 'Upgrade to 2.0.0 ends well'

# A program of the old version that still runs holds its executable; a console in its folder holds that.
$Old = Join-Path $env:ProgramFiles 'Hello Service\versions\1.0.0'
$Image = Join-Path $Old 'hello-service.exe'
$Held = Start-Process -FilePath $Image -ArgumentList '-listen', '127.0.0.1:18999' -WorkingDirectory $Old -WindowStyle Hidden -PassThru
Register-Cleanup 'the old program' { param($Process) if (-not $Process.HasExited) { Stop-Process -Id $Process.Id -Force } } @($Held)
Invoke-Script $Shell $Scripts[2] @('Upgrade') | Out-Null
Confirm-That ($LASTEXITCODE -eq 0) 'Upgrade to 3.0.0 ends well although 1.0.0 is in use' "$LASTEXITCODE"
Confirm-Equal (Get-Version 8080) '3.0.0' 'the new version runs'
Stop-Process -Id $Held.Id -Force
Invoke-Script $Shell $Scripts[2] @('Uninstall', '-Purge') | Out-Null
Confirm-That ($LASTEXITCODE -eq 0) 'Uninstall ends well'
