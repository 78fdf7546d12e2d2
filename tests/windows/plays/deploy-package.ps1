# Deploy.ps1 with a Windows Installer package, once in each PowerShell: 5.1 and 7 start msiexec differently.
$Service = 'HelloService'
Register-ServiceCleanup
$Manifest = { param($Text) $Text + "`n[deploy]`nmode = `"msi`"`n" }
$Releases = foreach ($Version in '1.0.0', '1.1.0') { New-Release $Version $Manifest }
$First, $Second = foreach ($Release in $Releases) { Join-Path (Expand-Zip $Release.HandOver) 'Deploy.ps1' }
foreach ($Release in $Releases) { Register-Package $Release.Msi }

foreach ($Shell in Get-Shell) {
    Write-Host "## $Shell"
    foreach ($Step in @(@($First, 'Install', '1.0.0'), @($Second, 'Upgrade', '1.1.0'), @($Second, 'Rollback', '1.0.0'))) {
        $Begin = Get-Date
        Invoke-Script $Shell $Step[0] @($Step[1]) | Out-Null
        Assert-That ($LASTEXITCODE -in 0, 3010) "$Shell $($Step[1]) ends well" "$LASTEXITCODE"
        Write-Measure "seconds of $($Step[1]) in $Shell" ([int]((Get-Date) - $Begin).TotalSeconds)
        Confirm-Equal (Get-Answer 8080) 200 'the service answers'
        Confirm-Equal (Get-Version 8080) $Step[2] "the version after $($Step[1])"
    }
    Invoke-Script $Shell $First @('Install') | Out-Null
    Confirm-That ($LASTEXITCODE -eq 0) 'a second run ends well'
    Invoke-Script $Shell $First @('Uninstall', '-Purge') | Out-Null
    Confirm-That ($LASTEXITCODE -in 0, 3010) "$Shell Uninstall ends well" "$LASTEXITCODE"
    Confirm-That (-not (Test-Service $Service)) 'the service is gone'
}
